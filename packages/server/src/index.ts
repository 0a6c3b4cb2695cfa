// This package is commands (see `bin/`): it offers nothing to import.
export {};
