/** The commands of mqadmin; the admin client that they are made of is `MQAdminExt` of the client. */
export * from './mqadmin.js';
