package warehouse

import "context"

// Asker says for whom a statement runs, so that those who wait can take turns.
type Asker struct {
	Name string
	// Stream is set when the rows go on to a reader who may be slow: the
	// statement lasts as long as that.
	Stream bool
}

type askerKey struct{}

// WithAsker notes for whom the statements under ctx run.
func WithAsker(ctx context.Context, a Asker) context.Context {
	return context.WithValue(ctx, askerKey{}, a)
}

// AskerOf tells for whom a statement runs; the zero value when nobody said.
func AskerOf(ctx context.Context) Asker {
	a, _ := ctx.Value(askerKey{}).(Asker)
	return a
}
