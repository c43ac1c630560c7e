package suite

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/rpc"
)

// HTTPAddress is where the REST edge listens.
func (s *Suite) HTTPAddress() string { return s.deps.Listeners.http.Addr().String() }

// GRPCAddress is where the services listen.
func (s *Suite) GRPCAddress() string { return s.deps.Listeners.grpc.Addr().String() }

// Ready tells whether complaints can be filed now. Temporal is not asked: what is filed without it is not lost.
func (s *Suite) Ready(ctx context.Context) error {
	resp, err := healthv1.NewHealthClient(s.conn).Check(ctx, &healthv1.HealthCheckRequest{})
	if err != nil {
		return fmt.Errorf("the services do not answer: %w", err)
	}
	if resp.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		return errors.New("the services are not serving")
	}
	return nil
}

// PauseDeliveries stops the relays from delivering events; accepting goes on. For tests and benchmarks.
func (s *Suite) PauseDeliveries() {
	for _, log := range s.logs {
		log.Pause()
	}
}

// ResumeDeliveries ends PauseDeliveries.
func (s *Suite) ResumeDeliveries() {
	for _, log := range s.logs {
		log.Resume()
	}
}

// Close lets go of what New opened, the last first. Call it after Run returned, or instead of Run.
func (s *Suite) Close() error {
	var failed []error
	for _, closeIt := range slices.Backward(s.closers) {
		failed = append(failed, closeIt())
	}
	s.closers = nil
	return errors.Join(failed...)
}

func (s *Suite) onClose(f func() error) { s.closers = append(s.closers, f) }

// dialAs connects to the suite's own services with the identity of one of them.
func (s *Suite) dialAs(subject string) (*grpc.ClientConn, error) {
	return s.dial(auth.Credentials(auth.NewMinter(s.keys.token, s.deps.Now), subject, authv1.Role_SERVICE))
}

// dial connects to the suite's own services. The listener may be on all interfaces; the loopback one is enough.
func (s *Suite) dial(creds credentials.PerRPCCredentials) (*grpc.ClientConn, error) {
	address, ok := s.deps.Listeners.grpc.Addr().(*net.TCPAddr)
	if !ok {
		return nil, errors.New("suite: the gRPC listener is not TCP")
	}
	target := *address
	if target.IP.IsUnspecified() {
		target.IP = net.IPv4(127, 0, 0, 1)
	}
	conn, err := rpc.Dial(target.String(), creds)
	if err != nil {
		return nil, err
	}
	s.onClose(conn.Close)
	return conn, nil
}

func (k *keys) tokenPublic() ed25519.PublicKey {
	public, _ := k.token.Public().(ed25519.PublicKey) // Always true for an ed25519.PrivateKey.
	return public
}
