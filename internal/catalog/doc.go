// Package catalog is the kernel for everything that people define: datasets,
// metrics, trees, targets and what comes later. All share one envelope (kind,
// metadata, spec) and one machinery: strict decoding with positions,
// validation, references, revisions with author and diff, optimistic
// concurrency, quarantine, search, and YAML in and out.
//
// A feature package owns its spec type with Validate and Refs; which kinds
// exist is one explicit list in package kinds.
package catalog
