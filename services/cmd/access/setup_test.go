package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/reach"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

const (
	document = "../../../docs/access.md"
	mine     = "complaints/0123456789abcdefghjkmnpqrs"
	theirs   = "complaints/1123456789abcdefghjkmnpqrs"
)

// custody is a routing for which one complaint is another department's.
type custody struct{}

func (custody) CheckAccess(_ context.Context, in *routingv1.CheckAccessRequest, _ ...grpc.CallOption) (*routingv1.CheckAccessResponse, error) {
	if slices.Contains(in.GetComplaints(), theirs) {
		return &routingv1.CheckAccessResponse{Hidden: []string{theirs}}, nil
	}
	return &routingv1.CheckAccessResponse{}, nil
}

func narrowing(t *testing.T) *reach.Reach {
	t.Helper()
	r, err := reach.New(&policyv1.Access{Agents: policyv1.Access_DEPARTMENT, Supervisors: policyv1.Access_BELOW}, custody{})
	require.NoError(t, err)
	return r
}

// serve has every method of the contract behind the interceptors of production, with nothing behind it.
func serve(t *testing.T) *rpctest.Harness {
	t.Helper()
	return rpctest.ServeWith(t, rpc.Deps{Rows: narrowing(t)}, func(server grpc.ServiceRegistrar) {
		protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
			for i := range file.Services().Len() {
				if service := file.Services().Get(i); strings.HasPrefix(string(service.FullName()), "redress.") {
					server.RegisterService(hollow(service), struct{}{})
				}
			}
			return true
		})
	})
}

// hollow is a service whose methods answer with nothing.
func hollow(service protoreflect.ServiceDescriptor) *grpc.ServiceDesc {
	desc := &grpc.ServiceDesc{ServiceName: string(service.FullName()), HandlerType: (*any)(nil)}
	for i := range service.Methods().Len() {
		m := service.Methods().Get(i)
		full := "/" + desc.ServiceName + "/" + string(m.Name())
		if m.IsStreamingClient() || m.IsStreamingServer() {
			desc.Streams = append(desc.Streams, grpc.StreamDesc{
				StreamName: string(m.Name()), ServerStreams: m.IsStreamingServer(), ClientStreams: m.IsStreamingClient(),
				Handler: func(_ any, stream grpc.ServerStream) error {
					if err := stream.RecvMsg(empty(m.Input())); err != nil {
						return err
					}
					return stream.SendMsg(empty(m.Output()))
				},
			})
			continue
		}
		desc.Methods = append(desc.Methods, grpc.MethodDesc{MethodName: string(m.Name()), Handler: func(
			server any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor,
		) (any, error) {
			request := empty(m.Input())
			if err := decode(request); err != nil {
				return nil, err
			}
			return interceptor(ctx, request, &grpc.UnaryServerInfo{Server: server, FullMethod: full},
				func(context.Context, any) (any, error) { return empty(m.Output()), nil })
		}})
	}
	return desc
}

// empty is a message of the type that the program was compiled with.
func empty(descriptor protoreflect.MessageDescriptor) proto.Message {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(descriptor.FullName())
	if err != nil {
		panic(err)
	}
	return kind.New().Interface()
}

// fill names a complaint in every field that can: the complaint itself or, where a field is of something that belongs to one,
// that. It says whether there is such a field.
func fill(m protoreflect.Message, complaint string, depth int) (found bool) {
	fields := m.Descriptor().Fields()
	resource := ofComplaint(resourceOf(m.Descriptor())) || slices.Contains(parts(), m.Descriptor().FullName())
	for i := range fields.Len() {
		field := fields.Get(i)
		switch {
		case field.IsMap() || field.ContainingOneof() != nil && !field.HasOptionalKeyword():
		case refersToComplaint(field) || resource && field.Name() == "name":
			if field.IsList() {
				m.Mutable(field).List().Append(protoreflect.ValueOfString(complaint))
			} else {
				m.Set(field, protoreflect.ValueOfString(complaint))
			}
			found = true
		case field.Message() == nil || depth == 0 || !ofComplaints(field.Message(), nil):
		case field.IsList():
			element := m.Mutable(field).List().AppendMutable().Message()
			found = fill(element, complaint, depth-1) || found
		default:
			found = fill(m.Mutable(field).Message(), complaint, depth-1) || found
		}
	}
	return found
}

// call calls a method of the contract, whatever its kind, with one request.
func call(ctx context.Context, conn grpc.ClientConnInterface, m method, request proto.Message) error {
	if d := m.descriptor; d.IsStreamingClient() || d.IsStreamingServer() {
		stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, m.Name)
		if err != nil {
			return err
		}
		if err := stream.SendMsg(request); err != nil {
			return stream.RecvMsg(empty(d.Output()))
		}
		if err := stream.CloseSend(); err != nil {
			return err
		}
		return stream.RecvMsg(empty(d.Output()))
	}
	return conn.Invoke(ctx, m.Name, request, empty(m.descriptor.Output()))
}

// written reads the table of the document: cells by method, then by column.
func written(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	table, service, columns := map[string]map[string]string{}, "", []string(nil)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "### "); ok {
			service = name
		}
		if service == "" || !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[0] == "method" {
			columns = cells
			continue
		}
		if strings.HasPrefix(cells[0], "---") {
			continue
		}
		row := map[string]string{"reads": cells[2]}
		for i := 3; i < len(cells); i++ {
			row[columns[i]] = cells[i]
		}
		table["/"+service+"/"+cells[0]] = row
	}
	return table
}

func column(role authv1.Role) string { return strings.ToLower(role.String()) }
