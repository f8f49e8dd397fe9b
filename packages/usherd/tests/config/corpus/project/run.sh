#!/bin/bash
exec sleep 600
