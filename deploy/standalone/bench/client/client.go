// Package client uses the product as front ends and internal services do, over REST and over gRPC.
package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// callLimit ends a call that nobody answers; then it counts as an error.
const callLimit = 30 * time.Second

// Deck deals the complaints of a book, each once, to all who file.
type Deck struct {
	book *Book
	next atomic.Int64
}

// NewDeck starts a book from its first complaint.
func NewDeck(book *Book) *Deck { return &Deck{book: book} }

// Deal takes the next complaint.
func (d *Deck) Deal() *intakev1.CreateComplaintRequest {
	return d.book.Complaint(int(d.next.Add(1) - 1))
}

// Dealt is how many were taken.
func (d *Deck) Dealt() int { return int(d.next.Load()) }

// GRPC is a connection that makes all calls with one token: one connection, as an internal service has.
type GRPC struct {
	*grpc.ClientConn
}

// DialGRPC makes the connection; nothing is sent yet.
func DialGRPC(address, token string) (*GRPC, error) {
	header := func(ctx context.Context) context.Context {
		return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token, "idempotency-key", uuid.NewString())
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			ctx, cancel := context.WithTimeout(header(ctx), callLimit)
			defer cancel()
			return invoke(ctx, method, req, reply, conn, opts...)
		}))
	if err != nil {
		return nil, err
	}
	return &GRPC{ClientConn: conn}, nil
}

// File files the next complaint.
func (g *GRPC) File(deck *Deck) func(ctx context.Context, caller int) error {
	intake := intakev1.NewIntakeServiceClient(g)
	return func(ctx context.Context, _ int) error {
		_, err := intake.CreateComplaint(ctx, deck.Deal())
		return err
	}
}

// REST makes calls with one token over connections that are kept: one for each call under way at a time.
type REST struct {
	address, token string
	client         *http.Client
}

// NewREST returns a client; nothing is sent yet.
func NewREST(address, token string) *REST {
	return &REST{address: address, token: token, client: &http.Client{Timeout: callLimit, Transport: &http.Transport{
		DialContext: (&net.Dialer{}).DialContext, MaxIdleConnsPerHost: 1024,
	}}}
}

// Close closes the connections.
func (r *REST) Close() { r.client.CloseIdleConnections() }

// File files the next complaint.
func (r *REST) File(deck *Deck) func(ctx context.Context, caller int) error {
	return func(ctx context.Context, _ int) error {
		body, err := protojson.Marshal(deck.Deal())
		if err != nil {
			return err
		}
		return r.post(ctx, "/v1/complaints", body)
	}
}

// post makes a call and reads the whole answer.
func (r *REST) post(ctx context.Context, path string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.address+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Idempotency-Key", uuid.NewString())
	resp, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("client: POST %s: %d: %.200s", path, resp.StatusCode, answer)
	}
	return nil
}
