export function webAssemblySource(path: string, name: string): string;
