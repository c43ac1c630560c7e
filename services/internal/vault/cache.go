package vault

import (
	"context"
	"errors"
	"sync"
	"time"
)

// cacheSize bounds how many keys a Cache holds, and with it its memory.
const cacheSize = 10_000

// Cache holds data keys in memory for a short time, for services that ask intake
// for them. An erased customer is readable for no longer than that time. It is
// safe for concurrent use.
type Cache struct {
	ttl  time.Duration
	now  func() time.Time
	load func(ctx context.Context, customer string) (*DataKey, error)

	mu   sync.Mutex
	keys map[string]cached
}

// cached is a key with the time when it is dropped.
type cached struct {
	key     *DataKey
	expires time.Time
}

// NewCache makes a cache that holds each key for ttl and gets it from load.
func NewCache(ttl time.Duration, now func() time.Time, load func(ctx context.Context, customer string) (*DataKey, error)) *Cache {
	return &Cache{ttl: ttl, now: now, load: load, keys: make(map[string]cached)}
}

// Key returns the customer's data key, or the error of load, which is not
// remembered. Callers that ask at the same time may each cause a load.
func (c *Cache) Key(ctx context.Context, customer string) (*DataKey, error) {
	now := c.now()
	c.mu.Lock()
	entry, ok := c.keys[customer]
	c.mu.Unlock()
	if ok && now.Before(entry.expires) {
		return entry.key, nil
	}
	key, err := c.load(ctx, customer)
	if err != nil {
		c.mu.Lock()
		delete(c.keys, customer)
		c.mu.Unlock()
		return nil, err
	}
	if key == nil || key.Customer() != customer {
		return nil, errors.New("vault: the key loaded for " + customer + " is not that customer's")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) >= cacheSize {
		c.evict(now)
	}
	// The time counts from before the load, when the key surely existed.
	c.keys[customer] = cached{key: key, expires: now.Add(c.ttl)}
	return key, nil
}

// evict drops what has expired, and half of the rest when that is too little:
// any half, because a dropped key costs one load.
func (c *Cache) evict(now time.Time) {
	for customer, entry := range c.keys {
		if !now.Before(entry.expires) {
			delete(c.keys, customer)
		}
	}
	if len(c.keys) < cacheSize {
		return
	}
	for customer := range c.keys {
		if len(c.keys) <= cacheSize/2 {
			return
		}
		delete(c.keys, customer)
	}
}
