package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// restEvery is over what time the use of a processor is looked at, restShare what counts as none, and restLimit how long it is
	// waited for.
	restEvery = time.Second
	restShare = 0.15
	restLimit = 2 * time.Minute
	// restBlind is waited for each second where the use cannot be seen.
	restBlind = 5 * time.Second
	// ticks a second is what Linux counts processor time in, on every machine that Go runs on.
	ticks = 100
)

// ErrNotLinux is returned where the system does not tell what a process uses the way Linux does.
var ErrNotLinux = errors.New("server: this system has no /proc to read what a process uses from")

// Rest waits until the product has had nothing to do for so many seconds on end, and says whether that came about within two
// minutes. Where the system does not tell, it waits some times as long.
func (s *Server) Rest(ctx context.Context, seconds int) (bool, error) {
	last, err := s.ProcessorTime()
	if errors.Is(err, ErrNotLinux) {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(time.Duration(seconds) * restBlind):
			return true, nil
		}
	}
	if err != nil {
		return false, err
	}
	calm := 0
	for end := s.now().Add(restLimit); s.now().Before(end) && calm < seconds; {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(restEvery):
		}
		used, err := s.ProcessorTime()
		if err != nil {
			return false, err
		}
		if calm++; used-last > time.Duration(restShare*float64(restEvery)) {
			calm = 0
		}
		last = used
	}
	return calm == seconds, nil
}

// ProcessorTime is what the process has used since its start, to the hundredth of a second.
func (s *Server) ProcessorTime() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.PID()))
	if err != nil {
		return 0, ErrNotLinux
	}
	// The name, in brackets, may contain anything; user and system time are the 12th and 13th word behind it.
	words := strings.Fields(string(text)[strings.LastIndex(string(text), ")")+1:])
	if len(words) < 13 {
		return 0, ErrNotLinux
	}
	user, err := strconv.ParseInt(words[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(words[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticks, err
}

// Memory is what the process has in memory, in bytes.
type Memory struct {
	// All is everything (resident set size), Own what no file stands for: heap and stacks.
	All, Own int64
}

// Memory looks at the process.
func (s *Server) Memory() (Memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		return Memory{}, ErrNotLinux
	}
	told := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if words := strings.Fields(value); len(words) == 2 && words[1] == "kB" {
			kilobytes, err := strconv.ParseInt(words[0], 10, 64)
			if err != nil {
				return Memory{}, err
			}
			told[name] = kilobytes * 1024
		}
	}
	m := Memory{All: told["VmRSS"], Own: told["RssAnon"]}
	if m.All == 0 {
		return m, ErrNotLinux
	}
	return m, nil
}
