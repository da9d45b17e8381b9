package catalog

// node is a value of a YAML or JSON text before it becomes a Go value.
type node struct {
	shape  shape
	text   string // of a scalar
	fields []field
	items  []*node
	pos    Position
}

type field struct {
	key   string
	pos   Position // of the key
	value *node
}

// shape is what a node is.
type shape int

const (
	absent shape = iota // nothing written after a key
	null                // null or ~ written out
	str
	number
	boolean
	mapping
	sequence
)

// find gives a field by its key, or nil.
func (n *node) find(k string) *field {
	for i := range n.fields {
		if n.fields[i].key == k {
			return &n.fields[i]
		}
	}
	return nil
}
