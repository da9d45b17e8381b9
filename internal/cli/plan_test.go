package cli

import (
	"strings"
	"testing"
)

func TestLaidOut(t *testing.T) {
	src := `SELECT a AS "x FROM y", sum(b FILTER (WHERE c = ' FROM ')) FROM (SELECT 1 AS a FROM t LEFT JOIN u ON t.k = u.k WHERE a = 'it''s WHERE') AS q GROUP BY 1 LIMIT 5`
	want := `SELECT a AS "x FROM y", sum(b FILTER (WHERE c = ' FROM '))
FROM (SELECT 1 AS a
  FROM t
  LEFT JOIN u ON t.k = u.k
  WHERE a = 'it''s WHERE') AS q
GROUP BY 1
LIMIT 5`
	got := laidOut(src)
	if got != want {
		t.Errorf("got\n%s", got)
	}
	if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(src), " ") {
		t.Error("the statement changed")
	}
}
