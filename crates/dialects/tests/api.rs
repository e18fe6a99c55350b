//! The native management API, driven in process: the real router over an engine and the model of
//! a store, with simulated time.

mod api {
    mod accounts;
    mod ageing;
    mod audit;
    mod authorization;
    mod bad_input;
    mod bulk;
    mod clocks;
    mod contacts;
    mod cursors;
    mod deliveries;
    mod desk;
    mod exposures;
    mod faults;
    mod finding;
    mod guards;
    mod keys;
    mod leaks;
    mod lifecycle;
    mod log;
    mod operators;
    mod releases;
    mod resources;
    mod retries;
    mod rotation;
    mod suspension;
    mod switchable_store;
    mod webhook_rotation;
    mod webhooks;
}
