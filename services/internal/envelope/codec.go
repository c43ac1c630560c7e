package envelope

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// Mode is what is done with payloads.
type Mode string

// The modes. An installation goes from Off to Read in all of its processes, and then to On: so nobody meets what it cannot read.
const (
	// Off reads and writes plainly.
	Off Mode = "off"
	// Read reads what is sealed and what is not, and writes plainly.
	Read Mode = "read"
	// On reads what is sealed and what is not, and seals.
	On Mode = "on"
)

// Valid tells whether there is such a mode.
func (m Mode) Valid() bool { return m == Off || m == Read || m == On }

const (
	encodingKey = "encoding"
	// Encoding is how a sealed payload says that it is one.
	Encoding = "binary/encrypted"
	// KeyIDKey is the metadata that names the key.
	KeyIDKey = "encryption-key-id"
)

// Codec seals and opens payloads. It implements converter.PayloadCodec.
type Codec struct {
	keys  *Keys
	seals bool
	// blocks has Decode panic in place of an error.
	blocks bool
}

var _ converter.PayloadCodec = (*Codec)(nil)

// NewCodec returns a codec that opens with the keys, and seals in the mode On.
func NewCodec(keys *Keys, mode Mode) *Codec { return &Codec{keys: keys, seals: mode == On} }

// Blocking returns the same codec for workers: Decode panics with what cannot be opened. In a workflow task that fails the task, which is tried
// again, and not the workflow; an error would have the SDK drop the signal that could not be read, or hand it to the workflow as an outcome.
func (c *Codec) Blocking() *Codec { return &Codec{keys: c.keys, seals: c.seals, blocks: true} }

// Encode implements converter.PayloadCodec.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	if !c.seals {
		return payloads, nil
	}
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("envelope: %w", err)
		}
		sealed, err := c.keys.seal(plain, payloadPurpose)
		if err != nil {
			return nil, err
		}
		out[i] = &commonpb.Payload{
			Metadata: map[string][]byte{encodingKey: []byte(Encoding), KeyIDKey: []byte(c.keys.primary)}, Data: sealed,
		}
	}
	return out, nil
}

// Decode implements converter.PayloadCodec. What was not sealed comes back as it is. The error is ErrOpen.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if !Sealed(p) {
			out[i] = p
			continue
		}
		opened, err := c.decode(p)
		if err != nil && c.blocks {
			panic(err.Error())
		}
		if err != nil {
			return nil, err
		}
		out[i] = opened
	}
	return out, nil
}

func (c *Codec) decode(p *commonpb.Payload) (*commonpb.Payload, error) {
	plain, err := c.keys.open(p.GetData(), string(p.GetMetadata()[KeyIDKey]), payloadPurpose)
	if err != nil {
		return nil, err
	}
	opened := &commonpb.Payload{}
	if err := proto.Unmarshal(plain, opened); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOpen, err)
	}
	return opened, nil
}

// Sealed tells whether a payload was sealed by a Codec.
func Sealed(p *commonpb.Payload) bool { return string(p.GetMetadata()[encodingKey]) == Encoding }
