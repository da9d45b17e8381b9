// Package event takes in what happens: messages in Segment's protocol come in
// with a write key, are on disk before they are acknowledged, are checked
// against the tracking plan in three layers (event, property, id), and become
// rows exactly once. What breaks the plan is set aside with its reasons, and can
// be mended and replayed. See docs/adr/0012-events-before-rows.md.
package event
