//! The shell client, driven as people and scripts drive it: the real binary, against the real API
//! in this process.

mod manage {
    mod accounts;
    mod audit;
    mod failures;
    mod lifecycle;
    mod managing;
    mod many;
    mod office;
    mod operators;
    mod retrying;
    mod webhooks;
}
