mod crashes;
mod desk;
mod files;
mod sim;
