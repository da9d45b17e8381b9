package pgsql

// Children lists the direct parts of an expression in the order of the text,
// without those of sub-selects.
func Children(x Expr) []Expr {
	var out []Expr
	add := func(list ...Expr) {
		for _, x := range list {
			if x != nil {
				out = append(out, x)
			}
		}
	}
	switch x := x.(type) {
	case *Unary:
		add(x.X)
	case *Binary:
		add(x.L, x.R)
	case *Is:
		add(x.X, x.Y)
	case *In:
		add(x.X)
		add(x.List...)
	case *Between:
		add(x.X, x.Lo, x.Hi)
	case *Like:
		add(x.X, x.Pattern, x.Escape)
	case *Case:
		add(x.Operand)
		for _, w := range x.Whens {
			add(w.If, w.Then)
		}
		add(x.Else)
	case *Call:
		add(x.Args...)
		for _, o := range x.OrderBy {
			add(o.X)
		}
		add(x.Filter)
		if x.Over != nil {
			add(x.Over.PartitionBy...)
			for _, o := range x.Over.OrderBy {
				add(o.X)
			}
		}
	case *Cast:
		add(x.X)
	case *Quantified:
		add(x.X, x.Y)
	case *Array:
		add(x.Items...)
	case *Row:
		add(x.Items...)
	case *Index:
		add(x.X, x.I)
	case *Field:
		add(x.X)
	}
	return out
}

// Walk calls f for the expression and its parts until f says to go no deeper.
func Walk(x Expr, f func(Expr) bool) {
	if x == nil || !f(x) {
		return
	}
	for _, c := range Children(x) {
		Walk(c, f)
	}
}

// Tables calls f for every table name that a query reads, sub-selects in
// expressions included.
func Tables(s *Select, f func(*Table)) {
	if s == nil {
		return
	}
	for _, w := range s.With {
		Tables(w.Select, f)
	}
	Tables(s.Left, f)
	Tables(s.Right, f)
	for i := range s.From {
		tableNames(&s.From[i], f)
	}
	sub := func(x Expr) {
		Walk(x, func(x Expr) bool {
			switch x := x.(type) {
			case *Sub:
				Tables(x.Select, f)
			case *In:
				Tables(x.Sub, f)
			case *Quantified:
				Tables(x.Sub, f)
			}
			return true
		})
	}
	for _, it := range s.Items {
		sub(it.X)
	}
	sub(s.Where)
	sub(s.Having)
	for _, x := range s.GroupBy {
		sub(x)
	}
	for _, o := range s.OrderBy {
		sub(o.X)
	}
	for _, row := range s.Values {
		for _, x := range row {
			sub(x)
		}
	}
}

func tableNames(t *Table, f func(*Table)) {
	switch {
	case t.Join != nil:
		tableNames(&t.Join.L, f)
		tableNames(&t.Join.R, f)
	case t.Sub != nil:
		Tables(t.Sub, f)
	case t.Name != nil:
		f(t)
	}
}

// Same reports whether two expressions are written alike, places aside. Parts
// with sub-selects are never the same.
func Same(a, b Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if !sameHead(a, b) {
		return false
	}
	x, y := Children(a), Children(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !Same(x[i], y[i]) {
			return false
		}
	}
	return true
}

func sameHead(a, b Expr) bool {
	switch a := a.(type) {
	case *Column:
		b, ok := b.(*Column)
		if !ok || len(a.Parts) != len(b.Parts) {
			return false
		}
		for i := range a.Parts {
			if a.Parts[i].Name != b.Parts[i].Name {
				return false
			}
		}
		return true
	case *Number:
		b, ok := b.(*Number)
		return ok && a.Text == b.Text
	case *Text:
		b, ok := b.(*Text)
		return ok && a.Value == b.Value
	case *Bool:
		b, ok := b.(*Bool)
		return ok && a.Value == b.Value
	case *Null:
		_, ok := b.(*Null)
		return ok
	case *Param:
		b, ok := b.(*Param)
		return ok && a.N == b.N
	case *Unary:
		b, ok := b.(*Unary)
		return ok && a.Op == b.Op
	case *Binary:
		b, ok := b.(*Binary)
		return ok && a.Op == b.Op
	case *Is:
		b, ok := b.(*Is)
		return ok && a.What == b.What && a.Not == b.Not
	case *In:
		b, ok := b.(*In)
		return ok && a.Not == b.Not && a.Sub == nil && b.Sub == nil
	case *Between:
		b, ok := b.(*Between)
		return ok && a.Not == b.Not
	case *Like:
		b, ok := b.(*Like)
		return ok && a.Kind == b.Kind && a.Not == b.Not && (a.Escape == nil) == (b.Escape == nil)
	case *Case:
		b, ok := b.(*Case)
		return ok && (a.Operand == nil) == (b.Operand == nil) && (a.Else == nil) == (b.Else == nil) && len(a.Whens) == len(b.Whens)
	case *Call:
		b, ok := b.(*Call)
		return ok && a.Name == b.Name && a.Star == b.Star && a.Distinct == b.Distinct && a.Over == nil && b.Over == nil &&
			a.Filter == nil && b.Filter == nil && len(a.OrderBy) == 0 && len(b.OrderBy) == 0
	case *Cast:
		b, ok := b.(*Cast)
		return ok && a.To.Name == b.To.Name && a.To.Array == b.To.Array
	case *Array:
		_, ok := b.(*Array)
		return ok
	case *Row:
		_, ok := b.(*Row)
		return ok
	case *Index:
		_, ok := b.(*Index)
		return ok
	case *Field:
		b, ok := b.(*Field)
		return ok && a.Name == b.Name
	}
	return false
}
