mod desk;
mod files;
