mod crashes;
mod desk;
mod files;
mod format;
mod kill;
mod sim;
mod states;
mod tamper;
