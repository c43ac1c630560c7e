package suite

import (
	"context"
	"fmt"
	"net"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/rpc"
)

// peers are the connections to all services with one identity, as if they were one connection: a call goes to the service that
// its method belongs to, wherever that runs. They are kept by the package of the contract that the service answers for. It
// implements grpc.ClientConnInterface.
type peers map[string]*grpc.ClientConn

// packageOf is the package of the contract whose methods a role answers.
func packageOf(role Role) string { return "redress." + string(role) + ".v1" }

// of finds the connection of a method: "/redress.intake.v1.IntakeService/GetComplaint" is intake's.
func (p peers) of(method string) (*grpc.ClientConn, error) {
	service, _, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	dot := strings.LastIndexByte(service, '.')
	if conn, ok := p[service[:max(dot, 0)]]; ok {
		return conn, nil
	}
	return nil, fmt.Errorf("suite: no service answers %s", method)
}

// Invoke implements grpc.ClientConnInterface.
func (p peers) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	conn, err := p.of(method)
	if err != nil {
		return err
	}
	return conn.Invoke(ctx, method, args, reply, opts...)
}

// NewStream implements grpc.ClientConnInterface.
func (p peers) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	conn, err := p.of(method)
	if err != nil {
		return nil, err
	}
	return conn.NewStream(ctx, desc, method, opts...)
}

// dialAs connects to all services with the identity of one of them.
func (s *Suite) dialAs(subject string) (peers, error) {
	return s.dial(auth.Credentials(auth.NewMinter(s.keys.token, s.deps.Now), subject, authv1.Role_SERVICE))
}

// dial connects to all services. Nothing is sent before the first call, so they may start in any order. Without credentials
// each call carries its caller's.
func (s *Suite) dial(creds credentials.PerRPCCredentials) (peers, error) {
	all := peers{}
	shared := map[string]*grpc.ClientConn{}
	for role, addresses := range s.addresses() {
		// Roles at the same address share a connection.
		if conn, ok := shared[addresses]; ok {
			all[packageOf(role)] = conn
			continue
		}
		target, options := s.targetOf(addresses)
		if addresses == here && creds != nil && !s.telemetry.Traces() {
			options = append(options, s.grpc.Shortcut(creds))
		}
		if addresses != here {
			options = append(options, rpc.Secured(s.transport.services))
		}
		conn, err := rpc.Dial(target, creds, append(options, rpc.Traced(s.telemetry))...)
		if err != nil {
			return nil, fmt.Errorf("suite: %s at %s: %w", role, addresses, err)
		}
		s.onClose(conn.Close)
		all[packageOf(role)], shared[addresses] = conn, conn
	}
	return all, nil
}

// addresses says where each service answers: in this process for those that run here.
func (s *Suite) addresses() map[Role]string {
	all := map[Role]string{
		Intake: s.cfg.IntakeAddress, Routing: s.cfg.RoutingAddress, Remedy: s.cfg.RemedyAddress, Followup: s.cfg.FollowupAddress,
		Review: s.cfg.ReviewAddress,
	}
	for _, role := range s.cfg.Roles {
		if role != Worker {
			all[role] = here
		}
	}
	return all
}

// here is the address of this process for itself.
const here = "passthrough:///here"

// targetOf makes gRPC's target of one address, whose host name may stand for several, or of a list of them.
func (s *Suite) targetOf(addresses string) (target string, options []grpc.DialOption) {
	if addresses == here {
		return here, []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return s.inside.DialContext(ctx)
		})}
	}
	list := strings.Split(addresses, ",")
	if len(list) == 1 {
		return "dns:///" + strings.TrimSpace(addresses), nil
	}
	var state resolver.State
	for _, address := range list {
		address = strings.TrimSpace(address)
		// Each shows a certificate for its own host, unless one name is given for all.
		endpoint := resolver.Endpoint{Addresses: []resolver.Address{{Addr: address, ServerName: address}}}
		state.Endpoints = append(state.Endpoints, endpoint)
	}
	replicas := manual.NewBuilderWithScheme("replicas")
	replicas.InitialState(state)
	return "replicas:///" + addresses, []grpc.DialOption{grpc.WithResolvers(replicas)}
}
