#!/bin/bash
while true; do echo hello; sleep 0.2; done
