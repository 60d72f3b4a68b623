//! What a plugin author needs: record kinds, operations, capabilities, errors
