package rpc

import (
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// memory is the network of connections that never leave the process.
const memory = "bufconn"

// exceptInside protects what comes over the network, and leaves connections of
// the process with itself as they are.
type exceptInside struct {
	credentials.TransportCredentials
}

// ServerHandshake implements credentials.TransportCredentials.
func (e exceptInside) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	if conn.LocalAddr().Network() == memory {
		return insecure.NewCredentials().ServerHandshake(conn)
	}
	return e.TransportCredentials.ServerHandshake(conn)
}

// Clone implements credentials.TransportCredentials.
func (e exceptInside) Clone() credentials.TransportCredentials {
	return exceptInside{e.TransportCredentials.Clone()}
}

// Secured is an option of Dial: the connection is protected by these
// credentials, from tlsfile.Client. Nil leaves it as it is.
func Secured(tls credentials.TransportCredentials) grpc.DialOption {
	if tls == nil {
		return grpc.EmptyDialOption{}
	}
	return grpc.WithTransportCredentials(tls)
}
