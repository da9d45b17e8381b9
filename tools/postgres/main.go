// Command postgres starts a throw-away PostgreSQL server that keeps a log of
// changes, runs the statements of standard input up to a line "--", prints the
// folder of its socket, and runs what comes after until standard input ends.
// The page's journeys use it.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"lodestar/internal/testserver"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	server, err := testserver.LoggingPostgreSQL(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	conn, err := pgx.Connect(ctx, server.DSN)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	in := bufio.NewScanner(os.Stdin)
	var text strings.Builder
	for in.Scan() {
		if in.Text() != "--" {
			text.WriteString(in.Text() + "\n")
			continue
		}
		if _, err := conn.Exec(ctx, text.String()); err != nil {
			return fmt.Errorf("%w in %s", err, text.String())
		}
		text.Reset()
		fmt.Println(server.Dir())
	}
	return in.Err()
}
