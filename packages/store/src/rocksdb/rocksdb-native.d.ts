/** The package has no types: `rocksdb-storage.ts` says what it uses of it. */
declare module 'rocksdb-native' {
  const RocksDB: unknown;
  export default RocksDB;
}
