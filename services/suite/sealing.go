package suite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/redress-dev/redress/services/gateway"
	"github.com/redress-dev/redress/services/internal/envelope"
	"github.com/redress-dev/redress/workflows"
)

const (
	// sealMark is where Temporal's namespace keeps the mark of the key that its payloads are sealed with.
	sealMark = "redress-temporal-key"
	// firstLook is how long a process that starts waits for Temporal to tell the mark; later it is looked at as soon as Temporal is there.
	firstLook = 3 * time.Second
)

// errOtherKey says that this process has another key than the one that workflows are sealed with.
var errOtherKey = errors.New("temporal.key is another key")

// sealing is what is known of the key in use. Until it is known that the others have the same one, nothing is sent to Temporal or done for it:
// workflows that were told something in another key than their worker's would stand still.
type sealing struct {
	once    sync.Once
	checked chan struct{}
	warned  sync.Once
}

func newSealing() *sealing { return &sealing{checked: make(chan struct{})} }

// await tells whether the key is right, as soon as that is known; false when ctx ends before.
func (s *sealing) await(ctx context.Context) bool {
	select {
	case <-s.checked:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *sealing) settle() { s.once.Do(func() { close(s.checked) }) }

// codec seals and opens what Temporal keeps; nil where nothing is.
func (k *keys) codec(cfg Config) *envelope.Codec {
	if k.temporal == nil {
		return nil
	}
	return envelope.NewCodec(k.temporal, cfg.seals())
}

// temporalCodec is the codec for the gateway, which has to be no interface around nothing.
func (s *Suite) temporalCodec() gateway.Codec {
	if codec := s.keys.codec(s.cfg); codec != nil {
		return codec
	}
	return nil
}

// seal is the id of the key that seals; empty where nothing is sealed.
func (k *keys) seal(cfg Config) string {
	if cfg.seals() != envelope.On {
		return ""
	}
	return k.temporal.Primary()
}

// dataConverter is the workflows' converter, with the codec around it unless that is nil.
func dataConverter(codec *envelope.Codec) converter.DataConverter {
	if codec == nil {
		return workflows.DataConverter()
	}
	return converter.NewCodecDataConverter(workflows.DataConverter(), codec)
}

// failureConverter seals messages and stack traces of failures, too, where payloads are sealed.
func failureConverter(cfg Config, codec *envelope.Codec) converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: dataConverter(codec), EncodeCommonAttributes: codec != nil && cfg.seals() == envelope.On,
	})
}

// loadTemporalKey reads the key. One that is missing beside others is not waited for: nobody will bring it unasked.
func loadTemporalKey(cfg Config) (*envelope.Keys, error) {
	path := filepath.Join(cfg.DataDir, temporalKeyFile)
	keys, err := envelope.LoadKeys(path)
	if err != nil {
		return nil, fmt.Errorf("--temporal-encryption %s needs %s: restore it, copy it from another process of this installation, "+
			"or have redress migrate make it for a new one: %s", cfg.seals(), path, err.Error()) // Not %w, which would be waited for.
	}
	return keys, nil
}

// lookAtSeals looks at the mark once while the process starts, so that a wrong key is told before anything is served. A Temporal that is not
// there is looked at later.
func (s *Suite) lookAtSeals(ctx context.Context) error {
	if s.keys.temporal == nil || !s.cfg.meetsTemporal() {
		s.sealing.settle() // Without a key nothing can be sent that others could not read.
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	if _, err := s.namespaceID(ctx); errors.Is(err, errOtherKey) {
		return err
	}
	return nil
}

// checkSeals compares the key with the mark that the namespace has, and leaves a mark with the key that seals from now on. The error is
// errOtherKey for another key; any other one is Temporal's, and is tried again.
func (s *Suite) checkSeals(ctx context.Context, mark string) error {
	if s.keys.temporal == nil {
		if mark != "" {
			s.sealing.warned.Do(func() {
				s.deps.Logger.WarnContext(ctx, "workflows were told things that are encrypted; those stand still until --temporal-encryption is read or on",
					"namespace", s.cfg.Namespace)
			})
		}
		return nil
	}
	current := false
	if mark != "" {
		var err error
		if current, err = s.keys.temporal.CheckMark(mark); err != nil {
			return fmt.Errorf("%w than the one that workflows in Temporal's namespace %s are encrypted with: restore %s: %w", errOtherKey,
				s.cfg.Namespace, filepath.Join(s.cfg.DataDir, temporalKeyFile), err)
		}
	}
	if !current && s.cfg.seals() == envelope.On {
		if err := s.leaveMark(ctx); err != nil {
			return err
		}
	}
	s.sealing.settle()
	return nil
}

// leaveMark has the namespace keep the mark of the key that seals. What else it keeps stays.
func (s *Suite) leaveMark(ctx context.Context) error {
	mark, err := s.keys.temporal.Mark()
	if err != nil {
		return err
	}
	_, err = s.temporal.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: s.cfg.Namespace, UpdateInfo: &namespacepb.UpdateNamespaceInfo{Data: map[string]string{sealMark: mark}},
	})
	if err != nil {
		return fmt.Errorf("leave the mark of temporal.key in the namespace: %w", err)
	}
	return nil
}
