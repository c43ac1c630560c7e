package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/redress-dev/redress/deploy/standalone/program"
	"github.com/redress-dev/redress/services/settings"
	"github.com/redress-dev/redress/services/suite"
)

const (
	// anyPort lets the system choose.
	anyPort = "127.0.0.1:0"
	// noPort leaves an address out.
	noPort = "off"
)

// orders that the parent may give.
const (
	orderPause   = "pause"
	orderResume  = "resume"
	orderFree    = "free"
	orderProfile = "profile "
	orderStop    = "profile-end"
)

// addresses are what the child tells first.
type addresses struct {
	GRPC, HTTP, Admin, Temporal string
}

// Serve is the child: it runs the product as config, a Config as JSON, says, until in ends or ctx does.
func Serve(ctx context.Context, config string, now func() time.Time, in io.Reader, out, log io.Writer) error {
	var cfg Config
	if err := json.Unmarshal([]byte(config), &cfg); err != nil {
		return fmt.Errorf("server: configuration: %w", err)
	}
	admin := anyPort
	if cfg.NoAdmin {
		admin = noPort
	}
	policy, err := generous(cfg.Policy)
	if err != nil {
		return err
	}
	p, err := program.New(ctx, program.Config{
		Program: settings.Program{Policy: policy, LogLevel: slog.LevelError},
		Suite: suite.Config{
			DataDir: cfg.Dir, Database: cfg.Database,
			GRPCAddress: anyPort, HTTPAddress: anyPort, AdminAddress: admin, TemporalAddress: anyPort,
			OTLPEndpoint: cfg.Collector, TraceRatio: 1,
		},
	}, program.Deps{Now: now, Stderr: log})
	err = errors.Join(err, os.Remove(policy)) // It has been read.
	if err != nil {
		return err
	}
	if cfg.Paused {
		p.PauseDeliveries()
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	at := addresses{GRPC: p.GRPCAddress(), HTTP: p.HTTPAddress(), Admin: p.AdminAddress(), Temporal: p.TemporalAddress()}
	if err := json.NewEncoder(out).Encode(at); err != nil {
		return errors.Join(err, p.Close())
	}
	go func() {
		defer stop()
		obey(p, in, out)
	}()
	return errors.Join(p.Run(ctx), p.Close())
}

// generous writes a policy with more calls for each caller, since one of a measurement does what many do, and returns its path.
func generous(path string) (string, error) {
	text := []byte("traffic: {per_identity: {times: 100000, within: 1s}}\n")
	if path != "" {
		own, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		text = append(own, text...)
	}
	file, err := os.CreateTemp("", "redress-bench-*.yaml")
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	return file.Name(), errors.Join(err, file.Close())
}

// obey carries out orders until there are no more.
func obey(p *program.Program, in io.Reader, out io.Writer) {
	var memory string
	for lines := bufio.NewScanner(in); lines.Scan(); {
		answer := "done"
		if err := carryOut(p, lines.Text(), &memory); err != nil {
			answer = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Fprintln(out, answer)
	}
	pprof.StopCPUProfile()
}

// carryOut carries out one order. Memory is the file that the end of a profile writes what is in use to.
func carryOut(p *program.Program, order string, memory *string) error {
	switch path, profile := strings.CutPrefix(order, orderProfile); {
	case order == orderPause:
		p.PauseDeliveries()
	case order == orderResume:
		p.ResumeDeliveries()
	case order == orderFree:
		debug.FreeOSMemory()
	case order == orderStop:
		pprof.StopCPUProfile()
		return writeMemory(*memory)
	case profile:
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		*memory = path + ".heap"
		return pprof.StartCPUProfile(file)
	default:
		return fmt.Errorf("unknown order %q", order)
	}
	return nil
}

// writeMemory writes a profile of the memory in use.
func writeMemory(path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	runtime.GC()
	return pprof.WriteHeapProfile(file)
}
