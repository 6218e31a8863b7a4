declare const brand: unique symbol;

/** Text that has been through the sanitiser. Only this room makes it; a bare string does not compile. */
export type Sanitized = string & { readonly [brand]: "sanitized" };
