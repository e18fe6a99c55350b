<?php
// The sample that Asaas publishes about the dollar sign, with the key written into it in the quotes
// that it is started with. The test puts the key, the quotes and the address in their places.
$apiKey = __KEY__;
$headers = [
    'Accept: application/json',
    'Content-Type: application/json',
    'access_token: ' . $apiKey,
];
$ch = curl_init('__URL__/v3/customers');
curl_setopt_array($ch, [
    CURLOPT_HTTPHEADER => $headers,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_CUSTOMREQUEST => 'GET',
    CURLOPT_HEADER => true,
]);
$response = curl_exec($ch);
echo curl_getinfo($ch, CURLINFO_RESPONSE_CODE), "\n", $response;
curl_close($ch);
