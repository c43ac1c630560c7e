package rpc

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// inside answers the unary calls of a process to its own services, without a
// connection between them. To the service such a call is like any other: it is
// decoded from bytes, brings a token and metadata and passes all interceptors,
// and nothing of the caller's context comes along but its end.
type inside struct {
	codec     *decoder
	intercept grpc.UnaryServerInterceptor
	now       func() time.Time
	// seen may be nil.
	seen stats.Handler

	// all ends all calls when abort is called.
	all   context.Context //nolint:containedctx // It is the life of the server.
	abort context.CancelFunc

	mu      sync.Mutex
	methods map[string]method
	// open lets calls in; over says that it will not be again.
	open, over bool
	running    sync.WaitGroup
	// calls go to goroutines that are kept; see keptWorkers.
	calls chan func()
}

func newInside(codec *decoder, now func() time.Time, seen stats.Handler, intercept grpc.UnaryServerInterceptor) *inside {
	in := &inside{codec: codec, now: now, seen: seen, intercept: intercept, methods: map[string]method{}}
	in.all, in.abort = context.WithCancel(context.Background())
	return in
}

// method is one method of a service, with all interceptors. Decode fills in the
// request.
type method func(ctx context.Context, decode func(request any) error) (response any, err error)

// add takes the methods of a service.
func (in *inside) add(desc *grpc.ServiceDesc, service any) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, m := range desc.Methods {
		in.methods["/"+desc.ServiceName+"/"+m.MethodName] = func(ctx context.Context, decode func(any) error) (any, error) {
			return m.Handler(service, ctx, decode, in.intercept)
		}
	}
}

// begin lets calls in.
func (in *inside) begin() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.open || in.over {
		return
	}
	in.open, in.calls = true, make(chan func())
	for range keptWorkers {
		go work(in.calls)
	}
}

func work(calls <-chan func()) {
	for call := range calls {
		call()
	}
}

// end lets no more calls in, and waits for those that run.
func (in *inside) end() {
	in.mu.Lock()
	was := in.open
	in.open, in.over = false, true
	in.mu.Unlock()
	in.running.Wait()
	if was {
		close(in.calls)
	}
}

// enter finds a method and counts a call that runs. Nil: the method is not here,
// or no calls are let in.
func (in *inside) enter(name string) method {
	in.mu.Lock()
	defer in.mu.Unlock()
	m := in.methods[name]
	if !in.open || m == nil {
		return nil
	}
	in.running.Add(1)
	return m
}

// start runs a call that was let in.
func (in *inside) start(call func()) {
	counted := func() {
		defer in.running.Done()
		call()
	}
	select {
	case in.calls <- counted:
	default:
		go counted()
	}
}

// shortcut is a client's last interceptor. What needs a connection goes by it, and
// so does what finds the service UNAVAILABLE, to be repeated as ever.
func (in *inside) shortcut(creds credentials.PerRPCCredentials) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, name string, request, reply any, conn *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if !slices.ContainsFunc(opts, needsConnection) {
			if m := in.enter(name); m != nil {
				err := in.call(ctx, name, m, creds, request, reply)
				if status.Code(err) != codes.Unavailable || ctx.Err() != nil || errs.Reason(err) == errorv1.Reason_OVERLOADED.String() {
					return err
				}
			}
		}
		return invoker(ctx, name, request, reply, conn, opts...)
	}
}

// needsConnection holds for options that ask for more than the answer, such as its
// header.
func needsConnection(option grpc.CallOption) bool {
	switch option.(type) {
	case grpc.StaticMethodCallOption, grpc.MaxRecvMsgSizeCallOption, grpc.EmptyCallOption:
		return false
	}
	return true
}

// result is what came of a call.
type result struct {
	response mem.BufferSlice
	err      error
}

// call makes one call. The caller does not wait beyond the end of its context.
func (in *inside) call(ctx context.Context, name string, m method, creds credentials.PerRPCCredentials, request, reply any) error {
	header, err := header(ctx, creds)
	if err != nil {
		in.running.Done()
		return status.Error(codes.Unauthenticated, err.Error())
	}
	sent, err := in.codec.Marshal(request)
	if err != nil {
		in.running.Done()
		return status.Error(codes.Internal, err.Error())
	}
	done := make(chan result, 1)
	in.start(func() {
		defer sent.Free()
		there, cancel := in.apart(ctx, header)
		defer cancel()
		done <- in.answer(there, name, m, func(request any) error { return in.codec.Unmarshal(sent, request) })
	})
	select {
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	case r := <-done:
		if r.err != nil && in.all.Err() != nil && ctx.Err() == nil {
			// The server ended it, and not the caller.
			return status.Error(codes.Unavailable, "the server was stopped")
		}
		if r.err != nil {
			return status.Convert(r.err).Err()
		}
		defer r.response.Free()
		return in.codec.CodecV2.Unmarshal(r.response, reply)
	}
}

// answer has the service answer, seen as all calls are.
func (in *inside) answer(ctx context.Context, name string, m method, decode func(any) error) (r result) {
	if in.seen != nil {
		begin := in.now()
		ctx = in.seen.TagRPC(ctx, &stats.RPCTagInfo{FullMethodName: name})
		in.seen.HandleRPC(ctx, &stats.Begin{BeginTime: begin})
		defer func() { in.seen.HandleRPC(ctx, &stats.End{BeginTime: begin, EndTime: in.now(), Error: r.err}) }()
	}
	response, err := m(ctx, decode)
	if err != nil {
		return result{err: err}
	}
	r.response, r.err = in.codec.Marshal(response)
	return r
}

// header is the metadata that the service gets: the call's and the credentials'.
func header(ctx context.Context, creds credentials.PerRPCCredentials) (metadata.MD, error) {
	md, _ := metadata.FromOutgoingContext(ctx) // A copy.
	if md == nil {
		md = metadata.MD{}
	}
	if creds == nil {
		return md, nil
	}
	own, err := creds.GetRequestMetadata(ctx)
	for key, value := range own {
		key = strings.ToLower(key)
		md[key] = append(md[key], value)
	}
	return md, err
}

// apart is the context of the service: it ends when the caller's does, and shares
// nothing else with it.
func (in *inside) apart(caller context.Context, header metadata.MD) (context.Context, context.CancelFunc) {
	ctx := metadata.NewIncomingContext(in.all, header)
	var cancel context.CancelFunc
	if deadline, ok := caller.Deadline(); ok {
		ctx, cancel = context.WithDeadline(ctx, deadline)
	} else {
		ctx, cancel = context.WithCancel(ctx)
	}
	stop := context.AfterFunc(caller, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}
