package rpc_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
	"google.golang.org/grpc"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/rpc"
)

// names answers every question about a name with the addresses, until the test ends. It returns where it does.
func names(t *testing.T, addresses ...[4]byte) string {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var question dnsmessage.Message
			if question.Unpack(buffer[:n]) != nil || len(question.Questions) != 1 {
				continue
			}
			answer := dnsmessage.Message{
				Header:    dnsmessage.Header{ID: question.ID, Response: true, Authoritative: true, RecursionAvailable: true},
				Questions: question.Questions,
			}
			for _, address := range addresses {
				if question.Questions[0].Type == dnsmessage.TypeA {
					answer.Answers = append(answer.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: question.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 1},
						Body:   &dnsmessage.AResource{A: address},
					})
				}
			}
			if packed, err := answer.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// replica is one of several servers of a service.
type replica struct {
	server   *rpc.Server
	answered atomic.Int64
}

// replicas serve the desk on one port of two addresses of this host. The connection reaches both by one name.
func replicas(t *testing.T, read func(context.Context) error) (both [2]*replica, conn *grpc.ClientConn) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	first, second := twice(t)
	for i, listener := range []net.Listener{first, second} {
		server, err := rpc.NewServer(rpc.Deps{
			Verifier: auth.NewVerifier(time.Now, public), Logger: slog.New(slog.DiscardHandler),
			Secret: make([]byte, 32), Retention: time.Hour, Now: time.Now,
		})
		require.NoError(t, err)
		both[i] = &replica{server: server}
		intakev1.RegisterIntakeServiceServer(server, &desk{read: func(ctx context.Context) error {
			both[i].answered.Add(1)
			return read(ctx)
		}})
		served := make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		t.Cleanup(func() {
			server.Stop()
			if err := <-served; !errors.Is(err, grpc.ErrServerStopped) {
				require.NoError(t, err)
			}
		})
	}
	_, port, err := net.SplitHostPort(first.Addr().String())
	require.NoError(t, err)
	target := "dns://" + names(t, [4]byte{127, 0, 0, 1}, [4]byte{127, 0, 0, 2}) + "/intake.example:" + port
	conn, err = rpc.Dial(target, auth.Credentials(auth.NewMinter(private, time.Now), "agents/lin", authv1.Role_AGENT))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return both, conn
}

// twice takes one port on two addresses of this host.
func twice(t *testing.T) (first, second net.Listener) {
	t.Helper()
	for {
		first, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		_, port, err := net.SplitHostPort(first.Addr().String())
		require.NoError(t, err)
		second, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.2:"+port)
		if err == nil {
			return first, second
		}
		require.NoError(t, first.Close()) // Somebody else has it there.
	}
}

// shared calls until both replicas have answered.
func shared(t *testing.T, both [2]*replica, conn *grpc.ClientConn) {
	t.Helper()
	require.Eventually(t, func() bool {
		require.NoError(t, get(t.Context(), conn))
		return both[0].answered.Load() > 0 && both[1].answered.Load() > 0
	}, timeLimit, tick)
}

// TestReplicasShareTheLoad proves that calls take turns among the replicas of a name, and that none fails when one is killed.
func TestReplicasShareTheLoad(t *testing.T) {
	t.Parallel()
	both, conn := replicas(t, func(context.Context) error { return nil })
	shared(t, both, conn)
	before := [2]int64{both[0].answered.Load(), both[1].answered.Load()}
	for range 40 {
		require.NoError(t, get(t.Context(), conn))
	}
	for i, replica := range both {
		require.InDelta(t, 20, replica.answered.Load()-before[i], 1)
	}
	both[0].server.Stop()
	for range 40 {
		require.NoError(t, get(t.Context(), conn))
	}
}

// TestNobodyNoticesAReplicaThatStops proves that a server which is stopped in an orderly way ends the calls in progress, and that no
// call fails meanwhile.
func TestNobodyNoticesAReplicaThatStops(t *testing.T) {
	t.Parallel()
	var hold atomic.Bool
	entered, release := make(chan struct{}, 100), make(chan struct{})
	both, conn := replicas(t, func(context.Context) error {
		if hold.CompareAndSwap(true, false) {
			entered <- struct{}{}
			<-release
		}
		return nil
	})
	shared(t, both, conn)
	before := both[0].answered.Load()
	var held chan error
	for both[0].answered.Load() == before { // Until one is held by the first replica.
		if held != nil {
			release <- struct{}{}
			require.NoError(t, <-held)
		}
		held = make(chan error, 1)
		hold.Store(true)
		go func() { held <- get(context.WithoutCancel(t.Context()), conn) }()
		<-entered
	}
	var calling sync.WaitGroup
	stop, failed := make(chan struct{}), make(chan error, 1000)
	for range 4 {
		calling.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if err := get(context.WithoutCancel(t.Context()), conn); err != nil {
						failed <- err
						return
					}
				}
			}
		})
	}
	stopped := make(chan struct{})
	go func() { both[0].server.GracefulStop(); close(stopped) }()
	there := both[1].answered.Load()
	require.Eventually(t, func() bool { return both[1].answered.Load() > there+100 }, timeLimit, tick)
	select {
	case <-stopped:
		require.Fail(t, "it did not wait for the call in progress")
	default:
	}
	close(release)
	require.NoError(t, <-held)
	<-stopped
	close(stop)
	calling.Wait()
	require.Empty(t, failed)
}

// TestTheServiceConfigIsPublished proves that docs/transport.md has the configuration that clients use, and that only UNAVAILABLE is
// repeated.
func TestTheServiceConfigIsPublished(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/transport.md")
	require.NoError(t, err)
	_, text, found := strings.Cut(string(page), "```json\n")
	require.True(t, found)
	text, _, _ = strings.Cut(text, "```")
	require.JSONEq(t, rpc.ServiceConfig, text)
	var config struct {
		MethodConfig []struct {
			RetryPolicy struct {
				Codes []string `json:"retryableStatusCodes"`
			} `json:"retryPolicy"`
		} `json:"methodConfig"`
	}
	require.NoError(t, json.Unmarshal([]byte(rpc.ServiceConfig), &config))
	for _, each := range config.MethodConfig {
		require.Equal(t, []string{"UNAVAILABLE"}, each.RetryPolicy.Codes)
	}
}
