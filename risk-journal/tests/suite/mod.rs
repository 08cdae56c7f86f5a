mod crashes;
mod desk;
mod files;
mod sim;
mod states;
mod tamper;
