export * from './config.js';
export * from './namesrv.js';
export * from './settings.js';
