// Package asset is the inventory of what the workspace holds and how it hangs
// together: every connection, dataset, event and metric with its people, class,
// use and health; what flows into what, both ways; and what a late or broken
// dataset distorts, with the people to tell.
package asset
