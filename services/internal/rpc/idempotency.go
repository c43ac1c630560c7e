package rpc

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	"github.com/redress-dev/redress/services/internal/auth"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/idem"
)

const (
	// keyHeader is the metadata that carries the idempotency key.
	keyHeader = "idempotency-key"
	maxKey    = 128
)

// keyReader reads the idempotency key of a call (API-1) and puts it, with a
// digest of the request, where the store finds it.
type keyReader struct {
	secret    []byte
	retention time.Duration
	now       func() time.Time
}

func (k keyReader) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	command, err := k.command(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	if command.Key != "" {
		if command.Fingerprint, err = k.fingerprint(request); err != nil {
			return nil, err
		}
	}
	return handler(idem.NewContext(ctx, command), request)
}

// stream reads the key of a stream. What the request is, the handler knows when it
// has read it to its end: it has to make the fingerprint itself.
func (k keyReader) stream(server any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	command, err := k.command(ss.Context(), info.FullMethod)
	if err != nil {
		return err
	}
	return handler(server, &stream{ServerStream: ss, ctx: idem.NewContext(ss.Context(), command)})
}

// command is what the key identifies, but for the fingerprint.
func (k keyReader) command(ctx context.Context, method string) (idem.Command, error) {
	key, err := readKey(metadata.ValueFromIncomingContext(ctx, keyHeader))
	if err != nil {
		return idem.Command{}, err
	}
	identity, _ := auth.FromContext(ctx)
	return idem.Command{
		Caller: identity.Subject, Method: method, Key: key, Now: k.now().UTC().Truncate(time.Microsecond), Retention: k.retention,
	}, nil
}

// fingerprint digests a request. It is keyed, because requests hold telephone
// numbers, which could be found by trying all of them.
func (k keyReader) fingerprint(request any) ([]byte, error) {
	message, ok := request.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("rpc: request of type %T", request)
	}
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("rpc: %w", err)
	}
	digest := hmac.New(sha256.New, k.secret)
	digest.Write(content)
	return digest.Sum(nil), nil
}

// readKey checks the values of the header; none is the empty key.
func readKey(values []string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	printable := true
	for i := range len(key) {
		printable = printable && ' ' <= key[i] && key[i] <= '~'
	}
	if len(values) > 1 || key == "" || len(key) > maxKey || !printable {
		return "", errs.Invalid(errorv1.Reason_IDEMPOTENCY_KEY_INVALID.String(), "",
			"Send one idempotency key of 1 to %d printable ASCII characters.", maxKey)
	}
	return key, nil
}
