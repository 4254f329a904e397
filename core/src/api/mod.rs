//! The DittoServer resource.
