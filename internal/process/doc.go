// Package process ties metrics and events to what people do: the steps of a
// piece of business in the order in which work flows, who does each, by which
// metrics it is measured and which events show that it happened. It tells how
// each step stands now and where nothing measures it.
package process
