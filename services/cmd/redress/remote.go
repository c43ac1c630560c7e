package main

import (
	"context"
	"errors"

	"google.golang.org/grpc"

	"github.com/redress-dev/redress/services/importer"
	"github.com/redress-dev/redress/services/internal/rpc"
	"github.com/redress-dev/redress/services/settings"
)

// remote says where routing is, and who asks.
type remote struct {
	settings.Program

	protection

	Server string `env:"REDRESS_SERVER" default:"127.0.0.1:9090" placeholder:"HOST:PORT" help:"Where Redress, or its routing, speaks gRPC."`
	Token  string `env:"TOKEN" secret:"true" placeholder:"TOKEN" help:"A token; changes need one of a manager or an operator, in the directory also one of HR."`
}

// connect hands over a connection while it is open. Nothing is sent before the first call.
func (c *remote) connect(ctx context.Context, use func(ctx context.Context, conn *grpc.ClientConn) error) (err error) {
	if c.Token == "" {
		return misuse(errors.New("--token or $TOKEN: a token is needed; redress token mints one for trying"))
	}
	protected, err := c.option(c.Server)
	if err != nil {
		return err
	}
	conn, err := rpc.Dial(c.Server, importer.Token(c.Token), protected)
	if err != nil {
		return misuse(err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return use(ctx, conn)
}
