package rpc

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/services/internal/auth"
)

// Rows keeps callers to the complaints that they may see (API-4).
type Rows interface {
	// Admit returns the error of a request about something that the caller in the
	// context does not see.
	Admit(ctx context.Context, request proto.Message) error
	// Narrow is the answer of a method that only reads, without what the caller does
	// not see. Its error takes the answer's place.
	Narrow(ctx context.Context, answer proto.Message) (proto.Message, error)
}

// rower holds requests and answers against Rows. It comes after the gate, so that
// there is a caller, and before the checks of the request, so that whoever does not
// see a complaint learns nothing about what could be asked of it.
type rower struct {
	rows   Rows // Nil where everybody sees everything.
	access *auth.Access
}

func (r rower) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if r.rows == nil {
		return handler(ctx, request)
	}
	if err := r.admit(ctx, request); err != nil {
		return nil, err
	}
	answer, err := handler(ctx, request)
	if err != nil || !r.access.Reads(info.FullMethod) {
		return answer, err
	}
	return r.narrow(ctx, answer)
}

func (r rower) stream(server any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if r.rows == nil || server == nil {
		return handler(server, ss)
	}
	return handler(server, &rowedStream{ServerStream: ss, rower: r, reads: r.access.Reads(info.FullMethod)})
}

func (r rower) admit(ctx context.Context, request any) error {
	if message, ok := request.(proto.Message); ok {
		return r.rows.Admit(ctx, message)
	}
	return nil
}

func (r rower) narrow(ctx context.Context, answer any) (any, error) {
	if message, ok := answer.(proto.Message); ok {
		return r.rows.Narrow(ctx, message)
	}
	return answer, nil
}

// rowedStream holds each message of a stream against Rows.
type rowedStream struct {
	grpc.ServerStream

	rower rower
	reads bool
}

// RecvMsg reads the next message and refuses one about what the caller does not see.
func (s *rowedStream) RecvMsg(message any) error {
	if err := s.ServerStream.RecvMsg(message); err != nil {
		return err
	}
	return s.rower.admit(s.Context(), message)
}

// SendMsg takes out of an answer what the caller does not see.
func (s *rowedStream) SendMsg(message any) error {
	if !s.reads {
		return s.ServerStream.SendMsg(message)
	}
	narrowed, err := s.rower.narrow(s.Context(), message)
	if err != nil {
		return err
	}
	return s.ServerStream.SendMsg(narrowed)
}
