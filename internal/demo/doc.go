// Package demo makes up a business to look around in: two years of a chain of
// cafés and bakeries as CSV files, the definitions that go with them, and
// people to sign in as.
//
// The numbers are drawn by a seed: the same seed and day give the same bytes.
// Into them the seed plants events from a table (see README.md), so that what
// the product says about the last week can be checked against what was put
// there. A quiet workspace has none.
//
// What the app of the business reports comes besides, as messages for event
// intake.
//
// The package writes files and text only. It knows nothing of the catalogue,
// the warehouse or the network; app applies the definitions and loads the
// files as it would for anyone.
package demo
