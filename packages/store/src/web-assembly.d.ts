/** The few names of WebAssembly that are used here, which neither Node's nor ECMAScript's types declare. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: object;
    constructor(module: Module, imports: object);
  }
  class Memory {
    readonly buffer: SharedArrayBuffer;
    constructor(options: { readonly initial: number; readonly maximum: number; readonly shared: true });
  }
}
