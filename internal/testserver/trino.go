package testserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// trinoServer is the newest version to be had that runs on Java 17.
const trinoServer = "trino-server-368"

// Trino starts a coordinator and two workers with the catalogs tpch and memory.
// It takes a minute on a quiet machine, and 3 GB of memory.
func Trino(ctx context.Context) (*Server, error) {
	dir, err := tools()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(dir, trinoServer)
	if _, err := os.Stat(filepath.Join(home, "lib")); err != nil {
		return nil, fmt.Errorf("this needs %s; tools/install-trino installs it in %s", trinoServer, dir)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, errors.New("this needs Java 17; on Debian: apt-get install openjdk-17-jre-headless")
	}
	s, err := at("tr")
	if err != nil {
		return nil, err
	}
	return s.started(s.startTrino(ctx, java, home))
}

func (s *Server) startTrino(ctx context.Context, java, home string) error {
	for name, content := range map[string]string{
		"catalog/tpch.properties":   "connector.name=tpch\ntpch.splits-per-node=2\n",
		"catalog/memory.properties": "connector.name=memory\nmemory.max-data-per-node=256MB\n",
		"log.properties":            "io.trino=WARN\n",
	} {
		if err := writeFile(filepath.Join(s.dir, name), content); err != nil {
			return err
		}
	}
	var ports [3]int
	for i := range ports {
		var err error
		if ports[i], err = freePort(); err != nil {
			return err
		}
	}
	coordinator := fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	for i, port := range ports {
		if err := s.startNode(java, home, coordinator, i, port); err != nil {
			return err
		}
	}
	if err := waitForNodes(ctx, coordinator); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(filepath.Join(s.dir, "node0.log")))
	}
	_, s.Version, _ = strings.Cut(trinoServer, "server-")
	s.DSN = strings.Replace(coordinator, "http://", "http://lodestar@", 1) + "?catalog=memory&schema=default"
	return nil
}

func (s *Server) startNode(java, home, coordinator string, i, port int) error {
	node := filepath.Join(s.dir, fmt.Sprintf("node%d", i))
	file := filepath.Join(node, "config.properties")
	// A machine that is busy with other tests must not look like one that is gone.
	patience := "task.client.timeout=15m\n"
	if i == 0 {
		patience += "query.client.timeout=15m\nfailure-detector.enabled=false\ndiscovery.max-age=15m\n"
	}
	config := fmt.Sprintf("coordinator=%v\nnode-scheduler.include-coordinator=false\nhttp-server.http.port=%d\nnode.internal-address=127.0.0.1\n"+
		"discovery.uri=%s\nquery.max-memory=1GB\nquery.max-memory-per-node=300MB\nquery.max-total-memory-per-node=400MB\nplugin.dir=%s\ncatalog.config-dir=%s\n",
		i == 0, port, coordinator, filepath.Join(home, "plugin"), filepath.Join(s.dir, "catalog"))
	if err := writeFile(file, config+patience); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(s.dir, fmt.Sprintf("node%d.log", i)))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the process has its own
	cmd := command(nil, node, java, "-Xmx1200M", "-XX:+UseG1GC", "-Djdk.attach.allowAttachSelf=true", "-Duser.timezone=UTC",
		"-Dnode.environment=test", fmt.Sprintf("-Dnode.id=node%d", i), "-Dnode.data-dir="+node, "-Dconfig="+file,
		"-Dlog.levels-file="+filepath.Join(s.dir, "log.properties"), "-cp", filepath.Join(home, "lib", "*"), "io.trino.server.TrinoServer")
	cmd.Stdout, cmd.Stderr = log, log
	_, err = s.launch(cmd)
	return err
}

func writeFile(name, content string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(content), 0o600)
}

// waitForNodes waits until the coordinator answers and sees both workers.
func waitForNodes(ctx context.Context, coordinator string) error {
	for start := time.Now(); time.Since(start) < 10*time.Minute && ctx.Err() == nil; time.Sleep(time.Second) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, coordinator+"/v1/info", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		var info struct {
			Starting bool `json:"starting"`
		}
		err = json.NewDecoder(resp.Body).Decode(&info)
		_ = resp.Body.Close()
		if err == nil && !info.Starting && trinoWorkers(ctx, coordinator) >= 2 {
			return nil
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.New("Trino does not start")
}

// trinoWorkers asks the cluster how many workers it has, through its own
// protocol.
func trinoWorkers(ctx context.Context, coordinator string) int {
	next, body := coordinator+"/v1/statement", "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active' AND NOT coordinator"
	method, workers := http.MethodPost, 0
	for next != "" {
		req, err := http.NewRequestWithContext(ctx, method, next, strings.NewReader(body))
		if err != nil {
			return 0
		}
		req.Header.Set("X-Trino-User", "lodestar")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0
		}
		var page struct {
			NextURI string    `json:"nextUri"`
			Data    [][]int64 `json:"data"`
		}
		err = json.NewDecoder(resp.Body).Decode(&page)
		_ = resp.Body.Close()
		if err != nil {
			return 0
		}
		if len(page.Data) > 0 {
			workers = int(page.Data[0][0])
		}
		next, method, body = page.NextURI, http.MethodGet, ""
	}
	return workers
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
