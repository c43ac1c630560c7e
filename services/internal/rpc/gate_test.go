package rpc_test

import (
	"crypto/ed25519"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func TestTokenIsRequired(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	h, _ := serve(t, &desk{})
	_, foreign, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	forged, err := auth.NewMinter(foreign, time.Now).Mint("agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour)
	require.NoError(t, err)
	good, err := h.Minter.Mint("agents/lin", []authv1.Role{authv1.Role_AGENT}, time.Hour)
	require.NoError(t, err)
	client := intakev1.NewIntakeServiceClient(h.Anonymous())
	for what, headers := range map[string][]string{
		"no token":      nil,
		"empty":         {""},
		"no scheme":     {good},
		"other scheme":  {"Basic " + good},
		"no jwt":        {"Bearer x"},
		"other key":     {"Bearer " + forged},
		"two of them":   {"Bearer " + good, "Bearer " + good},
		"cut off":       {"Bearer " + good[:len(good)-4]},
		"one bit wrong": {"Bearer x" + good[1:]},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			for _, header := range headers {
				ctx = metadata.AppendToOutgoingContext(ctx, "authorization", header)
			}
			_, err := client.GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: name})
			rpctest.RequireReason(t, err, codes.Unauthenticated, authReason)
		})
	}
	_, err = client.GetComplaint(metadata.AppendToOutgoingContext(t.Context(), "authorization", "bearer "+good),
		&intakev1.GetComplaintRequest{Name: name})
	require.NoError(t, err)
}

const authReason = "UNAUTHENTICATED"

func TestTokenComesBeforeTheRequest(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, &desk{})
	_, err := intakev1.NewIntakeServiceClient(h.Anonymous()).CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{})
	rpctest.RequireReason(t, err, codes.Unauthenticated, authReason)
	auditor := intakev1.NewIntakeServiceClient(h.Conn("agents/audit", authv1.Role_AUDITOR))
	_, err = auditor.CreateComplaint(t.Context(), &intakev1.CreateComplaintRequest{})
	rpctest.RequireReason(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
}

func TestRoles(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	h, _ := serve(t, &desk{})
	allowed := map[authv1.Role]bool{
		authv1.Role_AGENT: true, authv1.Role_SUPERVISOR: true, authv1.Role_MANAGER: true,
		authv1.Role_EXECUTIVE: true, authv1.Role_SERVICE: true, authv1.Role_PUBLIC: true,
	}
	for role := authv1.Role_AGENT; role <= authv1.Role_PUBLIC; role++ {
		t.Run(role.String(), func(t *testing.T) {
			t.Parallel()
			_, err := intakev1.NewIntakeServiceClient(h.Conn("agents/lin", role)).CreateComplaint(t.Context(), valid())
			if allowed[role] {
				require.NoError(t, err)
			} else {
				rpctest.RequireReason(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
			}
		})
	}
	_, err := intakev1.NewIntakeServiceClient(h.Conn("agents/lin", authv1.Role_AUDITOR, authv1.Role_AGENT)).CreateComplaint(t.Context(), valid())
	require.NoError(t, err, "one role of several is enough")
}

func TestMethodWithoutAccessIsRefusedToAll(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	h, _ := serve(t, &desk{})
	var everything []authv1.Role
	for role := authv1.Role_AGENT; role <= authv1.Role_PUBLIC; role++ {
		everything = append(everything, role)
	}
	conn := h.Conn("services/worker", everything...)
	err := conn.Invoke(t.Context(), "/test.Undeclared/Do", &emptypb.Empty{}, &emptypb.Empty{})
	rpctest.RequireReason(t, err, codes.PermissionDenied, "ROLE_NOT_ALLOWED")
}

func TestOpenToEverybody(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, &desk{})
	conn := h.Anonymous()
	_, err := gatewayv1.NewGatewayServiceClient(conn).GetGuide(t.Context(), &gatewayv1.GetGuideRequest{})
	require.NoError(t, err)
	_, err = gatewayv1.NewGatewayServiceClient(conn).GetGuide(
		metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer expired"), &gatewayv1.GetGuideRequest{})
	require.NoError(t, err, "the public guide is public for bad tokens too")
	answer, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, answer.GetStatus())

	stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, stream.Send(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{},
	}))
	listed, err := stream.Recv()
	require.NoError(t, err)
	require.NotEmpty(t, listed.GetListServicesResponse().GetService())
}

func TestStreamsPassTheGateToo(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-4")
	subjects := make(chan string, 1)
	h, _ := serve(t, &desk{watch: func(stream grpc.ServerStreamingServer[eventv1.WatchEventsResponse]) error {
		identity, _ := auth.FromContext(stream.Context())
		subjects <- identity.Subject
		return nil
	}})
	watch := func(conn *grpc.ClientConn, request *eventv1.WatchEventsRequest) error {
		stream, err := intakev1.NewEventLogServiceClient(conn).WatchEvents(t.Context(), request)
		require.NoError(t, err)
		_, err = stream.Recv()
		return err
	}
	rpctest.RequireReason(t, watch(h.Anonymous(), nil), codes.Unauthenticated, authReason)
	rpctest.RequireReason(t, watch(h.Conn("agents/lin", authv1.Role_AGENT), nil), codes.PermissionDenied, "ROLE_NOT_ALLOWED")
	service := h.Conn("services/routing", authv1.Role_SERVICE)
	rpctest.RequireReason(t, watch(service, &eventv1.WatchEventsRequest{Types: []string{""}}), codes.InvalidArgument, "INVALID_FIELD")
	require.ErrorIs(t, watch(service, &eventv1.WatchEventsRequest{}), io.EOF)
	require.Equal(t, "services/routing", <-subjects)
}

func TestUnknownMethod(t *testing.T) {
	t.Parallel()
	h, _ := serve(t, &desk{})
	conn := h.Conn("agents/lin", authv1.Role_AGENT)
	for _, method := range []string{"/no.Such/Method", "/redress.intake.v1.IntakeService/NoSuch", "/redress.remedy.v1.RemedyService/ListRemedies"} {
		err := conn.Invoke(t.Context(), method, &emptypb.Empty{}, &emptypb.Empty{})
		rpctest.RequireReason(t, err, codes.Unimplemented, "METHOD_NOT_FOUND")
	}
	_, err := intakev1.NewIntakeServiceClient(conn).ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: name, Reason: "x"})
	rpctest.RequireReason(t, err, codes.Unimplemented, "METHOD_NOT_FOUND")
}
