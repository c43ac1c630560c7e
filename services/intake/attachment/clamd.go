package attachment

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

const (
	// clamdPatience is how long ClamAV's daemon may take for one step. A large archive takes seconds.
	clamdPatience = time.Minute
	// clamdPiece is how much is sent at a time.
	clamdPiece = 64 << 10
	// clamdReply is the longest answer that is read.
	clamdReply = 4 << 10
)

// Clamd is a Scanner that asks ClamAV's daemon with its command INSTREAM. Each scan has a connection of its own. The daemon's
// StreamMaxLength must not be less than the policy's largest file.
type Clamd struct {
	network, address string
}

// NewClamd takes the daemon's address, "tcp://host:port" or "unix:///path/of/socket". It does not connect.
func NewClamd(address string) (*Clamd, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("attachment: scanner: %w", err)
	case u.Scheme == "tcp" && u.Port() != "" && u.Path == "":
		return &Clamd{network: "tcp", address: u.Host}, nil
	case u.Scheme == "unix" && u.Host == "" && u.Path != "":
		return &Clamd{network: "unix", address: u.Path}, nil
	default:
		return nil, fmt.Errorf("attachment: scanner: %q is neither tcp://host:port nor unix:///path", address)
	}
}

// Scan implements Scanner.
func (c *Clamd) Scan(ctx context.Context, content io.Reader) (Verdict, error) {
	dialer := net.Dialer{Timeout: clamdPatience}
	conn, err := dialer.DialContext(ctx, c.network, c.address)
	if err != nil {
		return Verdict{}, fmt.Errorf("clamd: %w", err)
	}
	defer func() { _ = conn.Close() }() // What matters was read.
	hangUp := func() { _ = conn.Close() }
	defer context.AfterFunc(ctx, hangUp)()
	talk := &clamdTalk{conn: conn, timer: time.AfterFunc(clamdPatience, hangUp)}
	defer talk.timer.Stop()
	if err := talk.say([]byte("zINSTREAM\x00")); err != nil {
		return Verdict{}, err
	}
	for piece := make([]byte, 4+clamdPiece); ; {
		n, err := io.ReadFull(content, piece[4:])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return Verdict{}, err
		}
		binary.BigEndian.PutUint32(piece, uint32(n))
		said := piece[:4+n]
		if last && n > 0 {
			said = append(said, 0, 0, 0, 0) // A piece without content is the end.
		}
		if err := talk.say(said); err != nil || last {
			return talk.verdict(err)
		}
	}
}

// clamdTalk is a connection that is closed when a step takes too long.
type clamdTalk struct {
	conn  net.Conn
	timer *time.Timer
}

func (t *clamdTalk) say(p []byte) error {
	t.timer.Reset(clamdPatience)
	if _, err := t.conn.Write(p); err != nil {
		return fmt.Errorf("clamd: %w", err)
	}
	return nil
}

// verdict reads the answer: "stream: OK", "stream: NAME FOUND", or an error in words. When the daemon hung up before the end,
// which failed is what was said to it then, its answer tells why.
func (t *clamdTalk) verdict(failed error) (Verdict, error) {
	t.timer.Reset(clamdPatience)
	text, err := bufio.NewReader(io.LimitReader(t.conn, clamdReply)).ReadString(0)
	if err != nil {
		return Verdict{}, cmp.Or(failed, fmt.Errorf("clamd: %w", err))
	}
	text = strings.TrimSpace(strings.TrimSuffix(text, "\x00"))
	said := strings.TrimPrefix(text, "stream: ")
	if finding, ok := strings.CutSuffix(said, " FOUND"); ok && finding != "" {
		return Verdict{Finding: finding}, nil
	}
	if said == "OK" && failed == nil {
		return Verdict{}, nil
	}
	return Verdict{}, fmt.Errorf("clamd answered %q", text)
}
