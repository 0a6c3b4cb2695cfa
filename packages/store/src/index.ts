export * from './api.js';
export * from './config.js';
