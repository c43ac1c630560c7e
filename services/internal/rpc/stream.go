package rpc

import (
	"context"

	"google.golang.org/grpc"
)

// stream is a server's stream with a context of its own, and with a check of
// each message that comes in.
type stream struct {
	grpc.ServerStream
	ctx   context.Context //nolint:containedctx // The interface of gRPC wants it so.
	check func(any) error
}

// Context is the context that interceptors added to.
func (s *stream) Context() context.Context { return s.ctx }

// RecvMsg reads the next message and refuses one that breaks the contract.
func (s *stream) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil || s.check == nil {
		return err
	}
	return s.check(message)
}
