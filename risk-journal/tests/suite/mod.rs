mod crashes;
mod desk;
mod files;
mod kill;
mod sim;
mod states;
mod tamper;
