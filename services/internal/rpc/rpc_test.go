package rpc_test

import (
	"context"
	"log/slog"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	gatewayv1 "github.com/redress-dev/redress/gen/redress/gateway/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/logtest"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// name is that of a complaint which nobody looks for.
const name = "complaints/0123456789abcdefghjkmnpqrs"

// desk is a service whose handlers the test writes.
type desk struct {
	intakev1.UnimplementedIntakeServiceServer
	intakev1.UnimplementedEventLogServiceServer
	gatewayv1.UnimplementedGatewayServiceServer

	create func(context.Context, *intakev1.CreateComplaintRequest) error
	read   func(context.Context) error
	watch  func(grpc.ServerStreamingServer[eventv1.WatchEventsResponse]) error
}

func (d *desk) CreateComplaint(ctx context.Context, request *intakev1.CreateComplaintRequest) (*intakev1.Complaint, error) {
	if d.create != nil {
		if err := d.create(ctx, request); err != nil {
			return nil, err
		}
	}
	return &intakev1.Complaint{Name: name}, nil
}

func (d *desk) GetComplaint(ctx context.Context, _ *intakev1.GetComplaintRequest) (*intakev1.Complaint, error) {
	if d.read != nil {
		if err := d.read(ctx); err != nil {
			return nil, err
		}
	}
	return &intakev1.Complaint{Name: name}, nil
}

func (d *desk) GetGuide(context.Context, *gatewayv1.GetGuideRequest) (*gatewayv1.Guide, error) {
	return &gatewayv1.Guide{LanguageCode: "en"}, nil
}

func (d *desk) WatchEvents(_ *eventv1.WatchEventsRequest, stream grpc.ServerStreamingServer[eventv1.WatchEventsResponse]) error {
	if d.watch != nil {
		return d.watch(stream)
	}
	return nil
}

// undeclared is a service whose method says nothing about who may call it.
func undeclared() *grpc.ServiceDesc {
	return &grpc.ServiceDesc{
		ServiceName: "test.Undeclared",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "Do",
			Handler: func(_ any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
				var request emptypb.Empty
				if err := decode(&request); err != nil {
					return nil, err
				}
				info := &grpc.UnaryServerInfo{FullMethod: "/test.Undeclared/Do"}
				return interceptor(ctx, &request, info, func(context.Context, any) (any, error) { return &request, nil })
			},
		}},
	}
}

// serve runs the desk; what is logged goes to the returned buffer.
func serve(t *testing.T, d *desk) (*rpctest.Harness, *logtest.Buffer) {
	t.Helper()
	log := &logtest.Buffer{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return rpctest.ServeWith(t, rpc.Deps{Logger: logger}, func(server grpc.ServiceRegistrar) {
		intakev1.RegisterIntakeServiceServer(server, d)
		intakev1.RegisterEventLogServiceServer(server, d)
		gatewayv1.RegisterGatewayServiceServer(server, d)
		server.RegisterService(undeclared(), d)
	}), log
}

func agent(h *rpctest.Harness) intakev1.IntakeServiceClient {
	return intakev1.NewIntakeServiceClient(h.Conn("agents/lin", authv1.Role_AGENT))
}

func valid() *intakev1.CreateComplaintRequest {
	return &intakev1.CreateComplaintRequest{
		Statement:   "The parcel never came.",
		Complainant: &intakev1.Complainant{Phone: "13800000000"},
	}
}
