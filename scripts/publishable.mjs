/** The packages that applications install: the client, and what it depends on. */
export const publishable = ['common', 'filter', 'remoting', 'client'];
