//! Numbers of companies that do not exist, with their check digits.

/// A CNPJ that no other number has.
pub(crate) fn cnpj(number: u32) -> String {
    let mut digits: Vec<u32> = format!("{:08}0001", number + 11_444_000)
        .chars()
        .map(|digit| digit.to_digit(10).expect("a digit"))
        .collect();
    for _ in 0..2 {
        let weighed = digits.iter().rev().enumerate().map(|(at, digit)| {
            let weight = u32::try_from(at % 8 + 2).expect("a small number");
            digit * weight
        });
        let rest = weighed.sum::<u32>() % 11;
        digits.push(if rest < 2 { 0 } else { 11 - rest });
    }
    digits.iter().map(ToString::to_string).collect()
}
