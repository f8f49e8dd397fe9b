#!/bin/bash
# Every five minutes from cron: three tries, then a restart.
for attempt in 1 2 3; do
  curl -f -s --max-time 5 http://localhost:3000 > /dev/null && exit 0
  sleep 2
done
pm2 restart vet-site
